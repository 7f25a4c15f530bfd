/// What all programmes here share: where the server is, who asks, and a check.
library;

import 'dart:io';

final address = Platform.environment['ADDRESS']!;
final token = Platform.environment['TOKEN'];

final api = Uri.parse('$address/api/v1/');
final headers = {if (token != null) 'Authorization': 'Bearer $token'};

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
