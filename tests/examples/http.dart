/// Stands in for package:http, since no package can be had in tests: the parts that the pages use,
/// over dart:io. Each request is told on stderr as `asked METHOD URL STATUS`.
library;

import 'dart:async';
import 'dart:convert';
import 'dart:io' as io;
import 'dart:math';

Future<Response> get(Uri url, {Map<String, String>? headers}) => _ask('GET', url, headers);

Future<Response> post(Uri url, {Map<String, String>? headers, Object? body}) => _ask('POST', url, headers, body);

Future<Response> patch(Uri url, {Map<String, String>? headers, Object? body}) => _ask('PATCH', url, headers, body);

Future<Response> delete(Uri url, {Map<String, String>? headers}) => _ask('DELETE', url, headers);

Future<Response> _ask(String method, Uri url, Map<String, String>? headers, [Object? body]) async {
  final request = Request(method, url)..headers.addAll(headers ?? const {});
  if (body is Map<String, String>) {
    request.headers['Content-Type'] = 'application/x-www-form-urlencoded; charset=utf-8';
    request.body = Uri(queryParameters: body).query;
  } else if (body is String) {
    request.body = body;
  } else if (body != null) {
    throw ArgumentError('a body is a text or a form here');
  }
  return Response.fromStream(await request.send());
}

/// Nobody answered.
class ClientException implements Exception {
  ClientException(this.message, [this.uri]);

  final String message;
  final Uri? uri;
}

class Client {
  final _client = io.HttpClient();

  Future<StreamedResponse> send(BaseRequest request) async {
    final io.HttpClientRequest asked;
    try {
      asked = await _client.openUrl(request.method, request.url);
    } on io.SocketException catch (error) {
      throw ClientException(error.message, request.url);
    }
    final bytes = await request.finish();
    request.headers.forEach(asked.headers.set);
    asked.contentLength = bytes.length;
    asked.add(bytes);
    final answer = await asked.close();
    io.stderr.writeln('asked ${request.method} ${request.url} ${answer.statusCode}');
    return StreamedResponse(ByteStream(answer), answer.statusCode, _headersOf(answer));
  }

  void close() => _client.close(force: true);
}

abstract class BaseRequest {
  BaseRequest(this.method, this.url);

  final String method;
  final Uri url;
  final Map<String, String> headers = {};

  /// The body; sets the headers that describe it.
  Future<List<int>> finish();

  Future<StreamedResponse> send() => Client().send(this);
}

class Request extends BaseRequest {
  Request(super.method, super.url);

  String body = '';

  @override
  Future<List<int>> finish() async => utf8.encode(body);
}

class MultipartRequest extends BaseRequest {
  MultipartRequest(super.method, super.url);

  final Map<String, String> fields = {};
  final List<MultipartFile> files = [];

  @override
  Future<List<int>> finish() async {
    final boundary = 'boundary-${Random().nextInt(1 << 31)}';
    headers['Content-Type'] = 'multipart/form-data; boundary=$boundary';
    final bytes = <int>[];
    void begin(String name, [String more = '']) =>
        bytes.addAll(utf8.encode('--$boundary\r\nContent-Disposition: form-data; name="$name"$more\r\n\r\n'));
    fields.forEach((name, value) {
      begin(name);
      bytes.addAll(utf8.encode('$value\r\n'));
    });
    for (final file in files) {
      begin(file.field, '; filename="${file.filename}"\r\nContent-Type: application/octet-stream');
      bytes
        ..addAll(file.bytes)
        ..addAll(utf8.encode('\r\n'));
    }
    return bytes..addAll(utf8.encode('--$boundary--\r\n'));
  }
}

class MultipartFile {
  MultipartFile.fromBytes(this.field, this.bytes, {this.filename = ''});

  static Future<MultipartFile> fromPath(String field, String path) async =>
      MultipartFile.fromBytes(field, await io.File(path).readAsBytes(), filename: path.split('/').last);

  final String field;
  final String filename;
  final List<int> bytes;
}

class ByteStream extends StreamView<List<int>> {
  ByteStream(super.stream);

  Future<String> bytesToString() => transform(utf8.decoder).join();
}

class StreamedResponse {
  StreamedResponse(this.stream, this.statusCode, this.headers);

  final ByteStream stream;
  final int statusCode;
  final Map<String, String> headers;
}

class Response {
  Response(this.bodyBytes, this.statusCode, this.headers);

  static Future<Response> fromStream(StreamedResponse answer) async =>
      Response(await answer.stream.expand((bytes) => bytes).toList(), answer.statusCode, answer.headers);

  final List<int> bodyBytes;
  final int statusCode;
  final Map<String, String> headers;

  String get body => utf8.decode(bodyBytes);
}

Map<String, String> _headersOf(io.HttpClientResponse answer) {
  final headers = <String, String>{};
  answer.headers.forEach((name, values) => headers[name] = values.join(', '));
  return headers;
}
