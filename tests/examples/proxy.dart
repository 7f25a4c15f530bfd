/// Stands in for what lies between an app and its server, or for a server in trouble.
library;

import 'dart:async';
import 'dart:convert';
import 'dart:io';

const bodies = ['', '<html>Bad Gateway</html>', '"text"', '[]', '{"code": 502, "message": "no"}', '\u00ff'];

/// Does [work] with the address of a server that answers in this way.
Future<void> during(FutureOr<void> Function(HttpRequest) answer, Future<void> Function(Uri address) work) async {
  final server = await HttpServer.bind(InternetAddress.loopbackIPv4, 0);
  server.listen(answer);
  try {
    await work(Uri.parse('http://127.0.0.1:${server.port}/'));
  } finally {
    await server.close(force: true);
  }
}

/// Answers with this status and text; a character is one byte.
Future<void> reply(HttpRequest request, int status, String text) async {
  await request.drain<void>();
  request.response
    ..statusCode = status
    ..add(latin1.encode(text));
  await request.response.close();
}

/// Closes the connection without a response, as a proxy that gives up.
Future<void> cutOff(HttpRequest request) async =>
    (await request.response.detachSocket(writeHeaders: false)).destroy();

/// Begins a response that never ends.
Future<void> fallSilent(HttpRequest request) async {
  request.response
    ..contentLength = 100
    ..write('{');
  await request.response.flush();
}
