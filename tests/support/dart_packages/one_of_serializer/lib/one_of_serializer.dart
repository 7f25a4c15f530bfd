/// The declarations of package:one_of_serializer that generated clients use. For the type checker
/// only.
library;

import 'package:built_value/serializer.dart';

class OneOfSerializer implements Serializer<Object> {
  const OneOfSerializer();
  external Iterable<Type> get types;
  external String get wireName;
}
