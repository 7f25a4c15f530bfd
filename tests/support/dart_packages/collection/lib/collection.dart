/// The declarations of package:collection that generated clients use. For the type checker only.
library;

class DeepCollectionEquality {
  const DeepCollectionEquality();
  external bool equals(Object? one, Object? other);
  external int hash(Object? value);
}
