import 'example.dart' as example;
import 'page.dart';
import 'proxy.dart' as proxy;

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

  for (final body in proxy.bodies) {
    await proxy.during((request) => proxy.reply(request, 502, body), (address) async {
      final error = await example.failureOf(Api(address).items());
      example.check(error is ApiException && error.status == 502 && error.code == 'unknown', error);
      example.check((error as ApiException).errors.isEmpty && '$error'.contains('502'), error);
    });
  }
}
