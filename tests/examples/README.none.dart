import 'example.dart' as example;
import 'page.dart';

Future<void> main() async {
  final api = Api(example.api);
  final id = (await api.createItem('Tea'))['id'] as String;
  example.check((await api.items()).single['title'] == 'Tea', id);
  final changed = await api.updateItem(id, {'title': 'Coffee'});
  example.check(changed['title'] == 'Coffee', changed);
  await api.deleteItem(id);
  example.check((await api.items()).isEmpty, id);

  final error = await example.failureOf(api.createItem(''));
  example.check(error is ApiException && error.status == 422 && error.code == 'validation_error', error);
  example.check((error as ApiException).errors.single['field'] == 'title', error);
}
