/// Stands in for package:flutter_secure_storage: keeps in memory what a phone keeps in its keychain.
library;

class FlutterSecureStorage {
  const FlutterSecureStorage();

  static final _kept = <String, String>{};

  /// Why nothing can be read, as on a phone whose keys are lost. Tests set it.
  static Exception? damage;

  Future<String?> read({required String key}) async => damage == null ? _kept[key] : throw damage!;

  Future<void> write({required String key, required String? value}) async =>
      value == null ? _kept.remove(key) : _kept[key] = value;

  Future<void> delete({required String key}) async => _kept.remove(key);
}
