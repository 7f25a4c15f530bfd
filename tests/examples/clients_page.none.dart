import 'api.dart';
import 'api_checks.dart';
import 'example.dart' as example;
import 'page.dart' as page;

Future<void> main() async {
  final api = Api(example.api);
  final id = (await api.createItem('Tea'))['id'] as String;
  example.check((await api.items()).single['title'] == 'Tea', id);
  final changed = await api.updateItem(id, {'title': 'Coffee'});
  example.check(changed['title'] == 'Coffee', changed);
  await api.deleteItem(id);
  example.check((await api.items()).isEmpty, id);

  final here = example.api.path.substring(0, example.api.path.length - 1);
  for (final base in [example.api, example.api.replace(path: here)]) {
    final other = Api(base);
    for (final path in ['items', '/items']) {
      example.check((await other.send('GET', path))['items'] is List, '$base $path');
    }
    other.close();
  }

  final error = await failsWith('validation_error', api.createItem(''));
  example.check(error.status == 422 && error.errors.single['field'] == 'title', error);

  final items = await page.addTea();
  example.check(items.single['title'] == 'Tea', items);
  page.api.close();
  api.close();
  await checkApi();
}
