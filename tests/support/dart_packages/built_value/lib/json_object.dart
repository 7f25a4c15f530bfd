/// The declarations of package:built_value's JSON library that generated clients use. For the type
/// checker only.
library;

abstract class JsonObject {
  external factory JsonObject(Object? value);
}
