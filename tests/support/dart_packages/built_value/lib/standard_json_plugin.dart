/// The declarations of package:built_value's JSON plugin that generated clients use. For the type
/// checker only.
library;

import 'serializer.dart';

class StandardJsonPlugin implements SerializerPlugin {}
