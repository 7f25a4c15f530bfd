import 'dart:async';

import 'api.dart';
import 'example.dart';
import 'material.dart';
import 'page.dart' as page;

class Screen implements BuildContext {}

Future<void> main() async {
  page.main();
  final state = const page.ItemsPage().createState() as page.ItemsPageState;
  Scaffold shown() => state.build(Screen()) as Scaffold;

  check(((shown().body as Center).child as Text).data == 'Loading …', state.message);
  state.initState();
  await until(() => state.message.isEmpty);
  check((shown().body as ListView).children.isEmpty, state.items);

  (shown().floatingActionButton as FloatingActionButton).onPressed!();
  await until(() => state.items.isNotEmpty);
  final tile = (shown().body as ListView).children.single as ListTile;
  check((tile.title as Text).data == 'Tea', state.items);

  await state.show(() => page.api.createItem(''));
  check(state.message.contains('title') && shown().body is Center, state.message);
  await state.show(() => Api(Uri.parse('http://127.0.0.1:1/')).items());
  check(state.message.startsWith('The server cannot be reached: '), state.message);

  // Logs in, and registers first if there is no account.
  await state.show(() => state.enter('you@example.com', 'another password'));
  check(state.message == 'The e-mail address or the password is wrong.', state.message);
  await state.show(() => state.enter('ada@example.com', 'correct horse'));
  check(state.message.isEmpty && state.items.isEmpty, state.message);
  page.api.close();
}

/// Waits until it is so; a page that never gets there does not end well.
Future<void> until(bool Function() isSo) async {
  for (var tries = 0; !isSo() && tries < 600; tries++) {
    await Future<void>.delayed(const Duration(milliseconds: 100));
  }
  check(isSo(), 'this never came');
}
