/// The declarations of package:built_value's serializer of times that generated clients use. For the
/// type checker only.
library;

import 'serializer.dart';

class Iso8601DateTimeSerializer implements Serializer<DateTime> {
  external Iterable<Type> get types;
  external String get wireName;
}
