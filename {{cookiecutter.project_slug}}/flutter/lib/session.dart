import 'dart:async';
import 'dart:convert';

import 'package:flutter_secure_storage/flutter_secure_storage.dart';
import 'package:http/http.dart' as http;

import 'api_exception.dart';

/// Keeps the tokens in the phone's secure storage, and refreshes them when they expire.
class Session {
  Session(this._refresh);

  final Future<Map<String, dynamic>> Function(String refreshToken) _refresh;
  final _storage = const FlutterSecureStorage();
  Future<bool>? _renewing;

  Future<bool> hasTokens() async => await tokens() != null;

  /// Returns both tokens, or `null` if there are none or they cannot be read.
  Future<({String access, String refresh})?> tokens() async {
    try {
      final pair = jsonDecode(await _storage.read(key: 'tokens') ?? 'null');
      if (pair case {'access_token': String access, 'refresh_token': String refresh}) {
        return (access: access, refresh: refresh);
      }
    } on Exception {
      // The app was moved to another phone, or the storage is damaged.
    }
    return null;
  }

  /// Stores both tokens as one value, so that they always match.
  Future<void> keep(Map<String, dynamic> pair) async {
    if (pair case {'access_token': String _, 'refresh_token': String _}) {
      await _storage.write(key: 'tokens', value: jsonEncode(pair));
    } else {
      throw http.ClientException('The response contains no tokens.');
    }
  }

  Future<void> forget() => _storage.delete(key: 'tokens');

  /// Sends a request with the access token, and again if the tokens had to be refreshed.
  Future<http.StreamedResponse> send(
    FutureOr<http.BaseRequest> Function() make,
    Future<http.StreamedResponse> Function(http.BaseRequest) fetch,
  ) async {
    try {
      return await fetch(await _authorize(await make()));
    } on ApiException catch (error) {
      // Concurrent requests that need new tokens wait for the same refresh.
      if (error.status != 401 || !await (_renewing ??= _renew())) rethrow;
    }
    return fetch(await _authorize(await make()));
  }

  Future<http.BaseRequest> _authorize(http.BaseRequest request) async {
    final pair = await tokens();
    if (pair != null) request.headers['Authorization'] = 'Bearer ${pair.access}';
    return request;
  }

  Future<bool> _renew() async {
    try {
      final spent = await tokens();
      if (spent == null) return false;
      Map<String, dynamic>? renewed;
      try {
        renewed = await _refresh(spent.refresh);
      } on ApiException catch (error) {
        if (error.code != 'invalid_token') rethrow; // 429, 503, proxy errors …: keep the session
      }
      if ((await tokens())?.refresh != spent.refresh) return false; // logged in or out meanwhile
      await (renewed == null ? forget() : keep(renewed));
      return renewed != null;
    } finally {
      _renewing = null;
    }
  }
}
