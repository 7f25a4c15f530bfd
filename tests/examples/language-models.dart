import 'example.dart';
import 'page.dart';

Future<void> main() async {
  final models = LanguageModels(api.resolve('ai/llm/'), headers);
  final listed = await models.models();
  check((listed['models'] as List).contains(listed['default']), listed);

  final whole = await models.chat('Hello');
  check(whole.endsWith('Hello'), whole);
  final pieces = await models.stream('Hello').toList();
  check(pieces.length > 1 && pieces.join() == whole, pieces);
  final first = await models.stream('Hello').first; // cancels the rest
  check(first == pieces.first, first);

  final usage = await models.usage();
  check(usage['today']['calls'] == 3, usage);
  // An administrator's, where there are accounts; else the page does not have it.
  if (token != null) check((await (models as dynamic).totals())['totals'].length == 1, token);

  for (final ask in [models.chat, (text) => models.stream(text).first]) {
    final error = await failureOf(ask(''));
    check('$error'.contains('messages.0.content'), error);
  }
}
