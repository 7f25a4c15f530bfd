/// Stands in for package:http, since no package can be had in tests: the parts that the pages use,
/// over dart:io. Each request is reported on stderr as `asked METHOD URL STATUS`.
library;

import 'dart:async';
import 'dart:collection';
import 'dart:convert';
import 'dart:io' as io;
import 'dart:math';
import 'dart:typed_data';

/// Nobody answered.
class ClientException implements Exception {
  ClientException(this.message, [this.uri]);

  final String message;
  final Uri? uri;

  @override
  String toString() => 'ClientException: $message, uri=$uri';
}

class Client {
  io.HttpClient? _client = io.HttpClient();

  Future<StreamedResponse> send(BaseRequest request) async {
    final client = _client;
    if (client == null) throw ClientException('HTTP request failed. Client is already closed.', request.url);
    final bytes = request._finalize();
    try {
      final asked = await client.openUrl(request.method, request.url);
      asked
        ..followRedirects = request.followRedirects
        ..contentLength = bytes.length;
      request.headers.forEach(asked.headers.set);
      asked.add(bytes);
      final answer = await asked.close();
      io.stderr.writeln('asked ${request.method} ${request.url} ${answer.statusCode}');
      final body = answer.handleError(
        (Object error) => throw ClientException((error as io.HttpException).message, request.url),
        test: (error) => error is io.HttpException,
      );
      return StreamedResponse(body, answer.statusCode, headers: _headersOf(answer));
    } on io.SocketException catch (error) {
      throw ClientException(error.message, request.url);
    } on io.HttpException catch (error) {
      throw ClientException(error.message, request.url);
    }
  }

  void close() {
    _client?.close(force: true);
    _client = null;
  }
}

abstract class BaseRequest {
  BaseRequest(this.method, this.url);

  final String method;
  final Uri url;
  final Map<String, String> headers = LinkedHashMap(
    equals: (one, other) => one.toLowerCase() == other.toLowerCase(),
    hashCode: (name) => name.toLowerCase().hashCode,
  );
  bool followRedirects = true;
  bool _finalized = false;

  List<int> _finalize() {
    if (_finalized) throw StateError("Can't finalize a finalized Request.");
    _finalized = true;
    return _finish();
  }

  /// The body; sets the headers that describe it.
  List<int> _finish();
}

class Request extends BaseRequest {
  Request(super.method, super.url);

  String body = '';

  set bodyFields(Map<String, String> fields) {
    headers['Content-Type'] = 'application/x-www-form-urlencoded; charset=utf-8';
    body = Uri(queryParameters: fields).query;
  }

  @override
  List<int> _finish() => utf8.encode(body);
}

class MultipartRequest extends BaseRequest {
  MultipartRequest(super.method, super.url);

  final Map<String, String> fields = {};
  final List<MultipartFile> files = [];

  @override
  List<int> _finish() {
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

  Future<Uint8List> toBytes() async => Uint8List.fromList(await expand((bytes) => bytes).toList());

  Future<String> bytesToString() => transform(utf8.decoder).join();
}

class StreamedResponse {
  StreamedResponse(Stream<List<int>> stream, this.statusCode, {this.headers = const {}})
      : stream = ByteStream(stream);

  final ByteStream stream;
  final int statusCode;
  final Map<String, String> headers;
}

class Response {
  Response.bytes(this.bodyBytes, this.statusCode, {this.headers = const {}});

  static Future<Response> fromStream(StreamedResponse answer) async =>
      Response.bytes(await answer.stream.toBytes(), answer.statusCode, headers: answer.headers);

  final Uint8List bodyBytes;
  final int statusCode;
  final Map<String, String> headers;
}

Map<String, String> _headersOf(io.HttpClientResponse answer) {
  final headers = <String, String>{};
  answer.headers.forEach((name, values) => headers[name] = values.join(', '));
  return headers;
}
