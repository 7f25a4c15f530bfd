/// The declarations of package:meta that generated clients use. For the type checker only.
library;

const optionalTypeArgs = Object();
