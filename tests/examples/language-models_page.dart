import 'api.dart';
import 'example.dart';
import 'language_models.dart';
import 'page.dart' as page;
import 'proxy.dart' as proxy;

Future<void> main() async {
  await enter();
  final client = Api(api), models = LanguageModels(client);
  final listed = await models.models();
  check((listed['models'] as List).contains(listed['default']), listed);

  final response = await models.chat('Hello');
  check(response.endsWith('Hello'), response);
  await expire(); // and refreshed
  final pieces = await models.stream('Hello').toList();
  check(pieces.length > 1 && pieces.join() == response, pieces);
  final first = await models.stream('Hello').first; // cancels the rest
  check(first == pieces.first, first);

  final shown = <String>[];
  await page.streamResponse(client, 'Hello', shown.add);
  check(shown.length == pieces.length && shown.last == response, shown);

  final usage = await models.usage();
  check(usage['today']['calls'] == 4, usage);
  // Only projects with accounts have it, for administrators.
  if (token != null) check((await (models as dynamic).usageReport())['totals'].length == 1, token);

  for (final send in [models.chat, (text) => models.stream(text).first]) {
    final error = await failureOf(send(''));
    check(error is ApiException && error.errors.single['field'] == 'messages.0.content', error);
  }
  client.close();

  const failed = 'data: {"type": "error", "status": 502, "code": "llm_cut", "detail": "Cut."}\n\n';
  await proxy.during((request) => proxy.reply(request, 200, failed), (address) async {
    final error = await failureOf(LanguageModels(Api(address)).stream('Hello').first);
    check(error is ApiException && error.code == 'llm_cut' && error.status == 502, error);
  });
}
