/// The declarations of package:built_collection that generated clients use. For the type checker
/// only.
library;

abstract class BuiltList<E> implements Iterable<E> {
  external factory BuiltList([Iterable<Object?> elements]);
  external factory BuiltList.of(Iterable<E> elements);
  external ListBuilder<E> toBuilder();
}

class ListBuilder<E> {
  external ListBuilder([Iterable<Object?> elements]);
  external void replace(Iterable<Object?> elements);
  external BuiltList<E> build();
}

abstract class BuiltSet<E> implements Iterable<E> {
  external factory BuiltSet([Iterable<Object?> elements]);
}

abstract class BuiltMap<K, V> {}

class MapBuilder<K, V> {
  external MapBuilder();
  external void replace(Object map);
}
