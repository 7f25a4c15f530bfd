import 'api.dart';
import 'uploads.dart';

/// Trains models on tables, and makes predictions with them.
class Statistics {
  Statistics(this.api);

  final Api api;
  static const _root = 'ai/statistical';

  Future<String> trainOnCsv(String file, String name, String target) async {
    final fields = {'name': name, 'target': target};
    return (await api.upload('$_root/models/csv', file, fields))['id'] as String;
  }

  Future<String> train(String name, String target, List<Map<String, Object?>> rows) async {
    final body = {'name': name, 'target': target, 'rows': rows};
    return (await api.send('POST', '$_root/models', body))['id'] as String;
  }

  Future<Map<String, dynamic>> model(String id) => api.send('GET', '$_root/models/$id');

  /// Polls the model until it is trained; throws if the training fails.
  Future<Map<String, dynamic>> waitUntilTrained(String id) async {
    while (true) {
      final current = await model(id);
      if (current['status'] == 'ready') return current;
      if (current['status'] == 'failed') throw Exception(current['error']);
      await Future<void>.delayed(const Duration(seconds: 1));
    }
  }

  Future<List<dynamic>> models() async =>
      (await api.send('GET', '$_root/models'))['items'] as List<dynamic>;

  Future<List<dynamic>> predict(String id, List<Map<String, Object?>> rows) =>
      _predict('$_root/models/$id/predict', rows);

  Future<List<dynamic>> predictByName(String name, List<Map<String, Object?>> rows) =>
      _predict('$_root/models/by-name/${Uri.encodeComponent(name)}/predict', rows);

  Future<List<dynamic>> _predict(String path, List<Map<String, Object?>> rows) async =>
      (await api.send('POST', path, {'rows': rows}))['predictions'] as List<dynamic>;

  /// Returns HTML for `loadHtmlString` of a WebView.
  Future<String> report(String id) async {
    final response = await api.open(() => api.request('GET', '$_root/models/$id/report'));
    return response.stream.bytesToString();
  }

  Future<void> delete(String id) => api.send('DELETE', '$_root/models/$id');

  Future<Map<String, dynamic>> describe(List<Map<String, Object?>> rows) =>
      api.send('POST', '$_root/describe', {'rows': rows}, const Duration(minutes: 5));

  Future<Map<String, dynamic>> describeCsv(String file) => api.upload('$_root/describe/csv', file);
}
