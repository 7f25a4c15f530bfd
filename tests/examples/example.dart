/// What all programs here share: the server's address, the user, and a check.
library;

import 'dart:convert';
import 'dart:io';

import 'flutter_secure_storage.dart';

final address = Platform.environment['ADDRESS']!;
final token = Platform.environment['TOKEN'];

final api = Uri.parse('$address/api/v1/');

const _storage = FlutterSecureStorage();

/// The one value in the phone's safe storage.
Future<String?> kept() => _storage.read(key: 'tokens');

Future<void> keep(String? value) => _storage.write(key: 'tokens', value: value);

/// Keeps a pair of tokens as an app does.
Future<void> keepTokens(String? access, String? refresh) =>
    keep(jsonEncode({'access_token': access, 'refresh_token': refresh}));

/// Where there are accounts, lets the app be logged in as the administrator of the pages.
Future<void> enter() async {
  if (token != null && await kept() == null) await keepTokens(token, Platform.environment['REFRESH_TOKEN']);
}

/// Lets the access token be none that the server takes; where nobody is logged in, nothing happens.
Future<void> expire() async {
  final tokens = jsonDecode(await kept() ?? 'null') as Map<String, dynamic>?;
  if (tokens != null) await keepTokens('expired', tokens['refresh_token'] as String);
}

void check(bool truth, Object? shown) {
  if (!truth) throw StateError('not as the page says: $shown');
}

/// The error with which some work must end.
Future<Object> failureOf(Future<Object?> work) async {
  final Object? result;
  try {
    result = await work;
  } on Exception catch (error) {
    return error;
  }
  throw StateError('this must fail, but gave: $result');
}
