import 'dart:convert';

import 'package:http/http.dart' as http;

import 'api.dart';

/// Chats with language models: complete responses or streams.
class LanguageModels {
  LanguageModels(this.api);

  final Api api;
  static const _timeout = Duration(minutes: 3); // models can be slow

  Future<Map<String, dynamic>> models() => api.send('GET', 'ai/llm/models');

  Future<Map<String, dynamic>> usage() => api.send('GET', 'ai/llm/usage');
  // %if jwt

  Future<Map<String, dynamic>> usageReport() => api.send('GET', 'ai/llm/usage/totals');
  // %endif

  Future<String> chat(String text) async {
    final response = await api.send('POST', 'ai/llm/chat', _request(text), _timeout);
    return response['message']['content'] as String;
  }

  /// Streams the response text. Cancelling the subscription stops the model.
  Stream<String> stream(String text) async* {
    final response = await api.open(
      () => api.request('POST', 'ai/llm/chat/stream', _request(text)),
      _timeout,
    );
    final lines = response.stream.transform(utf8.decoder).transform(const LineSplitter());
    await for (final line in lines) {
      if (!line.startsWith('data: ')) continue;
      switch (jsonDecode(line.substring(6))) {
        case {'type': 'delta', 'text': String text}:
          yield text;
        case {'type': 'error', 'status': int status, 'code': String code, 'detail': String detail}:
          throw ApiException(status, code, detail);
        case {'type': 'done'}:
          return;
      }
    }
    throw http.ClientException('The connection was lost.');
  }

  Map<String, Object> _request(String text) => {
    'messages': [
      {'role': 'user', 'content': text},
    ],
  };
}
