/// The declarations of package:http that generated clients use. For the type checker only.
library;

class ClientException implements Exception {
  external ClientException(String message, [Uri? uri]);
}

class Client {
  Client();
  external Future<StreamedResponse> send(BaseRequest request);
  external void close();
}

abstract class BaseRequest {
  external Map<String, String> get headers;
}

class AbortableRequest extends BaseRequest {
  external AbortableRequest(String method, Uri url, {Future<void>? abortTrigger});
  external set body(String value);
  external set bodyBytes(List<int> value);
  external set bodyFields(Map<String, String> fields);
}

class MultipartRequest extends BaseRequest {
  external MultipartRequest(String method, Uri url);
  external Map<String, String> get fields;
  external List<MultipartFile> get files;
}

class AbortableMultipartRequest extends MultipartRequest {
  external AbortableMultipartRequest(super.method, super.url, {Future<void>? abortTrigger});
}

class AbortableStreamedRequest extends BaseRequest {
  external AbortableStreamedRequest(String method, Uri url, {Future<void>? abortTrigger});
  external set contentLength(int? value);
  external Sink<List<int>> get sink;
}

class MultipartFile {
  external String get field;
  external int get length;
  external Stream<List<int>> finalize();
}

class StreamedResponse {}

class Response {
  external static Future<Response> fromStream(StreamedResponse response);
  external int get statusCode;
  external String get body;
  external List<int> get bodyBytes;
  external Map<String, String> get headers;
}
