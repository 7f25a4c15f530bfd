/// The declarations of package:built_value's serializer library that generated clients use. For the
/// type checker only.
library;

class FullType {
  const FullType(this.root, [this.parameters = const []]);
  const FullType.nullable(this.root, [this.parameters = const []]);

  static const unspecified = FullType(null);

  final Type? root;
  final List<FullType> parameters;
}

class SerializersFor {
  const SerializersFor(this.types);

  final List<Type> types;
}

abstract class Serializer<T> {
  Iterable<Type> get types;
  String get wireName;
}

abstract class PrimitiveSerializer<T> implements Serializer<T> {
  Object serialize(Serializers serializers, T object, {FullType specifiedType});
  T deserialize(Serializers serializers, Object serialized, {FullType specifiedType});
}

abstract class SerializerPlugin {}

abstract class Serializers {
  external factory Serializers();
  Object? serialize(Object? object, {FullType specifiedType});
  Object? deserialize(Object? object, {FullType specifiedType});
  SerializersBuilder toBuilder();
}

abstract class SerializersBuilder {
  void add(Serializer<dynamic> serializer);
  void addBuilderFactory(FullType specifiedType, Function function);
  void addPlugin(SerializerPlugin plugin);
  Serializers build();
}
