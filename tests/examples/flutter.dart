import 'example.dart';
import 'page.dart';

Future<void> main() async {
  const id = '0198c0de-0000-7000-8000-00000000';
  for (var number = 1000; number < 1060; number++) {
    await keepItem(api, headers, '$id$number', 'Tea $number');
  }
  await keepItem(api, headers, '${id}1000', 'Tea 1000'); // once more, and no second one
  final titles = [await for (final item in allItems(api, headers)) item['title']];
  check(titles.length == 60 && titles.toSet().length == 60, titles);

  final error = await failureOf(keepItem(api, headers, id, 'no id at all'));
  check('$error'.contains('validation_error'), error);
}
