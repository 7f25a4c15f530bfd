/// The declarations of package:json_annotation that generated clients use. For the type checker only.
library;

abstract class JsonConverter<T, S> {
  const JsonConverter();
}
