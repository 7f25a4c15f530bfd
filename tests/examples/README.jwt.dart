import 'package:flutter_secure_storage/flutter_secure_storage.dart';

import 'example.dart' as example;
import 'page.dart';

Future<void> main() async {
  final api = Api(example.api);
  await api.logIn('you@example.com', 'your password');
  final item = await api.createItem('Tea');
  example.check((await api.items()).single['id'] == item['id'], item);

  // What is expired is renewed, once for all who find it so at the same time.
  await const FlutterSecureStorage().write(key: 'access', value: 'expired');
  final lists = await Future.wait([api.items(), api.items(), api.items()]);
  example.check(lists.every((list) => list.length == 1), lists);

  final error = await example.failureOf(api.createItem(''));
  example.check(error is ApiException && error.status == 422 && error.code == 'validation_error', error);
}
