import 'dart:convert';

import 'package:http/http.dart' as http;

/// An error response of the server: `code` is for programs, `detail` is for people.
class ApiException implements Exception {
  ApiException(this.status, this.code, this.detail, {this.errors = const [], this.retryAfter});

  factory ApiException.from(http.Response response) {
    final retryAfter = int.tryParse(response.headers['retry-after'] ?? '');
    try {
      final problem = jsonDecode(utf8.decode(response.bodyBytes));
      if (problem case {
        'code': String code,
        'detail': String detail,
        'errors': List<dynamic> errors,
      }) {
        return ApiException(
          response.statusCode,
          code,
          detail,
          errors: errors,
          retryAfter: retryAfter,
        );
      }
    } on FormatException {
      // The response is from a proxy, not from the server.
    }
    final detail = 'The server responded with status ${response.statusCode}.';
    return ApiException(response.statusCode, 'unknown', detail, retryAfter: retryAfter);
  }

  final int status;
  final String code;
  final String detail;

  /// The rejected fields; each has a `field`, a `message` and a `code`.
  final List<dynamic> errors;
  final int? retryAfter; // seconds

  @override
  String toString() => detail;
}
