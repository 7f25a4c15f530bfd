/// Stands in for package:flutter_secure_storage: keeps in memory what a phone keeps in its keychain.
library;

class FlutterSecureStorage {
  const FlutterSecureStorage();

  static final _kept = <String, String>{};

  Future<String?> read({required String key}) async => _kept[key];

  Future<void> write({required String key, required String? value}) async =>
      value == null ? _kept.remove(key) : _kept[key] = value;

  Future<void> delete({required String key}) async => _kept.remove(key);
}
