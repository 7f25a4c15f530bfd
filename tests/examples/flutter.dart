import 'api.dart';
import 'example.dart' as example;
import 'page.dart';

Future<void> main() async {
  final api = Api(example.api);
  await api.register('ada@example.com', 'correct horse');
  await api.logIn('ada@example.com', 'correct horse');

  const id = '0198c0de-0000-7000-8000-00000000';
  for (var number = 1000; number < 1060; number++) {
    await keepItem(api, '$id$number', 'Tea $number');
  }
  await keepItem(api, '${id}1000', 'Tea 1000'); // once more, and no second one
  final titles = [await for (final item in allItems(api)) item['title']];
  example.check(titles.length == 60 && titles.toSet().length == 60, titles);

  final error = await example.failureOf(keepItem(api, id, 'no id at all'));
  example.check(error is ApiException && error.code == 'validation_error', error);
}
