/// The declarations of package:built_value that generated clients use. For the type checker only.
library;

abstract class Built<V extends Built<V, B>, B extends Builder<V, B>> {
  V rebuild(void Function(B) updates);
  B toBuilder();
}

abstract class Builder<V extends Built<V, B>, B extends Builder<V, B>> {
  V build();
  void replace(covariant V value);
  void update(void Function(B)? updates);
}

class BuiltValue {
  const BuiltValue({bool instantiable = true});
}

class BuiltValueField {
  const BuiltValueField({String? wireName});
}

class BuiltValueHook {
  const BuiltValueHook({bool initializeBuilder = false});
}

class BuiltValueSerializer {
  const BuiltValueSerializer({bool custom = false});
}

class BuiltValueEnumConst {
  const BuiltValueEnumConst({String? wireName, bool fallback = false});
}

class EnumClass {
  const EnumClass(this.name);

  final String name;
}
