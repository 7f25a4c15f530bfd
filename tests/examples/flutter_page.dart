import 'dart:io';

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
  final again = await keepItem(api, '${id}1000', 'Tea 1000'); // and no second one
  example.check(again['title'] == 'Tea 1000', again);
  final reused = await example.failureOf(keepItem(api, '${id}1000', 'Coffee'));
  example.check(reused is ApiException && reused.code == 'id_reused', reused);
  final titles = [await for (final item in allItems(api)) item['title']];
  example.check(titles.length == 60 && titles.toSet().length == 60, titles);

  final error = await example.failureOf(keepItem(api, id, 'no id at all'));
  example.check(error is ApiException && error.code == 'validation_error', error);

  final file = File('export.json');
  await example.expire(); // and is renewed
  await download(api, 'users/me/export', file);
  example.check((await file.readAsString()).contains('Tea 1059'), file);
  api.close();
}
