/// The declarations of package:dio that generated clients use. For the type checker only.
library;

typedef ValidateStatus = bool Function(int? status);
typedef ProgressCallback = void Function(int count, int total);

enum ResponseType { json, stream, plain, bytes }

enum ListFormat { csv, multi }

enum DioExceptionType { unknown }

class CancelToken {}

class ListParam<T> {
  const ListParam(this.value, this.format);

  final List<T> value;
  final ListFormat format;
}

class Headers {}

class RedirectRecord {}

class BaseOptions {
  external BaseOptions({String? baseUrl, Duration? connectTimeout, Duration? receiveTimeout});
}

class Options {
  external Options({
    String? method,
    Map<String, dynamic>? headers,
    Map<String, dynamic>? extra,
    ResponseType? responseType,
    String? contentType,
    ValidateStatus? validateStatus,
  });
  external RequestOptions compose(
    BaseOptions base,
    String path, {
    Object? data,
    Map<String, dynamic>? queryParameters,
  });
}

class RequestOptions {
  external Map<String, dynamic> get extra;
  external Map<String, dynamic> get headers;
  external Map<String, dynamic> get queryParameters;
}

class RequestInterceptorHandler {}

class Interceptor {
  const Interceptor();
  external void onRequest(RequestOptions options, RequestInterceptorHandler handler);
}

class Dio {
  external Dio([BaseOptions? options]);
  external BaseOptions get options;
  external List<Interceptor> get interceptors;
  external Future<Response<T>> request<T>(
    String path, {
    Object? data,
    Map<String, dynamic>? queryParameters,
    CancelToken? cancelToken,
    Options? options,
    ProgressCallback? onSendProgress,
    ProgressCallback? onReceiveProgress,
  });
}

class Response<T> {
  external Response({
    T? data,
    required RequestOptions requestOptions,
    int? statusCode,
    String? statusMessage,
    bool isRedirect = false,
    List<RedirectRecord> redirects = const [],
    Map<String, dynamic>? extra,
    Headers? headers,
  });
  external T? get data;
  external RequestOptions get requestOptions;
  external int? get statusCode;
  external String? get statusMessage;
  external bool get isRedirect;
  external List<RedirectRecord> get redirects;
  external Map<String, dynamic> get extra;
  external Headers get headers;
}

class DioException implements Exception {
  external DioException({
    required RequestOptions requestOptions,
    Response<dynamic>? response,
    DioExceptionType type = DioExceptionType.unknown,
    Object? error,
    StackTrace? stackTrace,
  });
}

class FormData {
  external FormData.fromMap(Map<String, dynamic> map);
}

class MultipartFile {}
