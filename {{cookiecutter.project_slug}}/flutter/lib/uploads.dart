import 'package:http/http.dart' as http;

import 'api.dart';

/// Uploads of files.
extension Uploads on Api {
  /// Sends a file in a form, with other fields if there are any.
  Future<Map<String, dynamic>> upload(
    String path,
    String file, [
    Map<String, String> fields = const {},
  ]) async {
    Future<http.BaseRequest> form() async => http.MultipartRequest('POST', base.resolve(path))
      ..fields.addAll(fields)
      ..files.add(await http.MultipartFile.fromPath('file', file));
    return read(await open(form, const Duration(minutes: 5)));
  }
}
