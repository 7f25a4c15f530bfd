import 'api.dart';
import 'uploads.dart';

/// Runs the custom models of the server on texts, images and recordings.
class CustomModels {
  CustomModels(this.api);

  final Api api;
  static const _root = 'ai/custom-models';

  Future<List<dynamic>> models() async => (await api.send('GET', _root))['models'] as List<dynamic>;

  /// Returns a map for each text, with `label`, `score` and `scores`.
  Future<List<dynamic>> classify(String model, List<String> inputs, {List<String>? labels}) async {
    final body = {'inputs': inputs, if (labels != null) 'labels': labels};
    return (await _send('$model/classify', body))['results'] as List<dynamic>;
  }

  /// Returns a map for each text, with `entities`. `start` and `end` are offsets in Unicode code
  /// points (`text.runes`).
  Future<List<dynamic>> entities(String model, List<String> inputs) async =>
      (await _send('$model/tokens', {'inputs': inputs}))['results'] as List<dynamic>;

  Future<List<List<double>>> embed(String model, List<String> inputs) async {
    final response = await _send('$model/embed', {'inputs': inputs});
    return [
      for (final vector in response['embeddings'] as List<dynamic>)
        [for (final number in vector as List<dynamic>) (number as num).toDouble()],
    ];
  }

  Future<List<String>> generate(String model, List<String> inputs, {int maxNewTokens = 50}) async {
    final body = {'inputs': inputs, 'max_new_tokens': maxNewTokens};
    return ((await _send('$model/generate', body))['texts'] as List<dynamic>).cast<String>();
  }

  Future<String> classifyImage(String model, String file) async =>
      (await api.upload('$_root/$model/classify-image', file))['label'] as String;

  /// Returns maps with `label`, `score` and `box`.
  Future<List<dynamic>> detectObjects(String model, String file) async =>
      (await api.upload('$_root/$model/detect-objects', file))['objects'] as List<dynamic>;

  /// Transcribes a WAV, FLAC, MP3 or OGG file. With package:record, use `AudioEncoder.wav` or
  /// `AudioEncoder.opus`.
  Future<String> transcribe(String model, String file) async =>
      (await api.upload('$_root/$model/transcribe', file))['text'] as String;

  /// The first request to a model waits until the model is loaded.
  Future<Map<String, dynamic>> _send(String path, Object body) =>
      api.send('POST', '$_root/$path', body, const Duration(minutes: 5));
}
