/// The declarations of package:one_of_serializer that generated clients use. For the type checker
/// only.
library;

import 'package:built_value/serializer.dart';

class AnyOfSerializer implements Serializer<Object> {
  const AnyOfSerializer();
  external Iterable<Type> get types;
  external String get wireName;
}
