import 'dart:async';
import 'dart:convert';

import 'package:http/http.dart' as http;

import 'api_exception.dart';
import 'session.dart';  // %if jwt

export 'api_exception.dart';

/// Sends requests to the server.
///
/// Create one instance for the whole app. Requests throw an [ApiException] for an error response,
/// and an [http.ClientException] for a network error.
class Api {
  Api(Uri base, {this.timeout = const Duration(seconds: 30)})
    : base = base.path.endsWith('/') ? base : base.replace(path: '${base.path}/');

  final Uri base; // Uri.parse('http://10.0.2.2:8000/api/v1')
  final Duration timeout; // maximum time without data from the server
  final _client = http.Client(); // keeps connections open for the next request
  // %if jwt
  late final _session = Session(
    (token) => _sendPlain(request('POST', 'auth/refresh', {'refresh_token': token})),
  );

  Future<void> register(String email, String password) =>
      send('POST', 'auth/register', {'email': email, 'password': password});

  Future<void> logIn(String email, String password) async {
    final form = http.Request('POST', base.resolve('auth/token'))
      ..bodyFields = {'username': email, 'password': password};
    await _session.keep(await _sendPlain(form));
  }

  /// Returns whether there is a session, so that the app can skip its login page.
  Future<bool> isLoggedIn() => _session.hasTokens();

  /// Ends the session on this device, and on the server if it can be reached.
  Future<void> logOut() async {
    final tokens = await _session.tokens();
    await _session.forget();
    try {
      if (tokens != null) await send('POST', 'auth/logout', {'refresh_token': tokens.refresh});
    } on Exception {
      // On the server, the session ends when its tokens expire.
    }
  }

  /// Sets a new password. This device stays logged in, all others are logged out.
  Future<void> changePassword(String current, String password) async {
    final body = {'current_password': current, 'new_password': password};
    await _session.keep(await send('POST', 'users/me/password', body));
  }

  /// Deletes the account and all its data.
  Future<void> deleteAccount(String password) async {
    await send('DELETE', 'users/me', {'current_password': password});
    await _session.forget();
  }

  Future<Map<String, dynamic>> _sendPlain(http.Request request) async =>
      read(await _fetch(request));
  // %endif

  Future<List<dynamic>> items() async => (await send('GET', 'items'))['items'] as List<dynamic>;

  Future<Map<String, dynamic>> createItem(String title) => send('POST', 'items', {'title': title});

  Future<Map<String, dynamic>> updateItem(String id, Map<String, Object?> changes) =>
      send('PATCH', 'items/$id', changes);

  Future<void> deleteItem(String id) => send('DELETE', 'items/$id');

  /// Sends a request to any path below [base], such as `send('GET', 'items?limit=50')`.
  Future<Map<String, dynamic>> send(
    String method,
    String path, [
    Object? body,
    Duration? timeout,
  ]) async => read(await open(() => request(method, path, body), timeout));

  /// Returns a request for [open], with [body] as JSON.
  http.Request request(String method, String path, [Object? body]) {
    final below = path.startsWith('/') ? path.substring(1) : path;
    final request = http.Request(method, base.resolve(below));
    if (body != null) {
      request.headers['Content-Type'] = 'application/json';
      request.body = jsonEncode(body);
    }
    return request;
  }

  /// Sends any request, and returns the response as a stream.
  ///
  /// [make] may be called twice, because a request object can be sent only once.
  Future<http.StreamedResponse> open(
    FutureOr<http.BaseRequest> Function() make, [
    Duration? timeout,
  ]) async {
    if (await isLoggedIn()) return _session.send(make, (made) => _fetch(made, timeout));  // %if jwt
    return _fetch(await make(), timeout);
  }

  /// Returns the JSON object in a response of [open].
  Future<Map<String, dynamic>> read(http.StreamedResponse response) async {
    final bytes = await response.stream.toBytes();
    if (response.statusCode == 204) return const {};
    try {
      return jsonDecode(utf8.decode(bytes)) as Map<String, dynamic>;
    } on FormatException {
      // For example, the captive portal of a hotel's network.
      throw http.ClientException('The response is not from the server.', base);
    }
  }

  /// Closes the connections. No requests can be sent afterwards.
  ///
  /// Open connections keep a command-line program running for 15 seconds.
  void close() => _client.close();

  Future<http.StreamedResponse> _fetch(http.BaseRequest request, [Duration? limit]) async {
    limit ??= timeout;
    final silence = http.ClientException(
      'No response within ${limit.inSeconds} seconds.',
      request.url,
    );
    final sending = _client.send(request);
    final response = await sending.timeout(
      limit,
      onTimeout: () {
        sending.then((late) => late.stream.listen(null).cancel()).ignore(); // closes its connection
        throw silence;
      },
    );
    final body = response.stream.timeout(
      limit,
      onTimeout: (sink) => sink
        ..addError(silence)
        ..close(),
    );
    final timed = http.StreamedResponse(body, response.statusCode, headers: response.headers);
    if (timed.statusCode < 300) return timed;
    throw ApiException.from(await http.Response.fromStream(timed));
  }
}
