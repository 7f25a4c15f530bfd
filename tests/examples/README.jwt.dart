import 'dart:async';
import 'dart:io';

import 'package:flutter_secure_storage/flutter_secure_storage.dart';

import 'example.dart' as example;
import 'page.dart';
import 'proxy.dart' as proxy;

Future<void> main() async {
  final api = Api(example.api);
  await failsWith('unauthorized', api.items());
  await api.register('ada@example.com', 'correct horse');
  await failsWith('email_taken', api.register('ada@example.com', 'correct horse'));
  await failsWith('invalid_credentials', api.logIn('ada@example.com', 'another horse'));
  example.check(!await api.isLoggedIn(), 'nobody logged in yet');
  await api.logIn('ada@example.com', 'correct horse');
  example.check(await api.isLoggedIn(), 'somebody logged in');

  final id = (await api.createItem('Tea'))['id'] as String;
  example.check((await api.items()).single['id'] == id, id);
  final changed = await api.updateItem(id, {'description': 'green'});
  example.check(changed['title'] == 'Tea' && changed['description'] == 'green', changed);
  example.check((await api.send('GET', 'items?q=coffee'))['items'].isEmpty, id);

  // What is expired is renewed, once for all who find it so at the same time.
  await expire(1);
  final lists = await Future.wait([api.items(), api.items(), api.items()]);
  example.check(lists.every((list) => list.length == 1), lists);

  final error = await failsWith('validation_error', api.createItem(''));
  example.check(error.status == 422 && error.errors.single['field'] == 'title', error);
  example.check('$error'.contains('title') && error.retryAfter == null, error);

  await api.deleteItem(id);
  example.check((await api.items()).isEmpty, id);

  // What is kept after the session was ended elsewhere is worth nothing, and forgotten.
  await api.send('POST', 'auth/logout-all');
  await expire(2);
  await failsWith('invalid_token', api.items());
  example.check(!await api.isLoggedIn(), 'the session is over');

  await api.logIn('ada@example.com', 'correct horse');
  await api.logOut();
  example.check(!await api.isLoggedIn() && (await api.headers()).isEmpty, 'logged out');
  await api.logOut(); // once more does no harm

  for (final body in proxy.bodies) {
    await proxy.during((request) => proxy.reply(request, 502, body), (address) async {
      final error = await failsWith('unknown', Api(address).items());
      example.check(error.status == 502 && error.errors.isEmpty && '$error'.contains('502'), error);
    });
  }
  await logOutWithoutServer();
  await logOutDuringRenewal();

  var refused = error;
  for (var tries = 0; refused.code != 'rate_limited' && tries < 1000; tries++) {
    refused = await example.failureOf(api.logIn('ada@example.com', 'another horse')) as ApiException;
  }
  example.check(refused.status == 429 && refused.retryAfter! > 0, refused);
}

Future<void> logOutWithoutServer() async {
  await logIn();
  late final Uri gone;
  await proxy.during((_) {}, (address) async => gone = address);
  await Api(gone).logOut();
  example.check(!await Api(gone).isLoggedIn(), 'logged out here in any case');
}

/// What is renewed while somebody logs out is not kept.
Future<void> logOutDuringRenewal() async {
  await logIn();
  final asked = Completer<void>(), answered = Completer<void>();
  Future<void> answer(HttpRequest request) async {
    if (request.uri.path == '/auth/logout') return proxy.reply(request, 204, '');
    if (request.uri.path != '/auth/refresh') return proxy.reply(request, 401, '');
    asked.complete();
    await answered.future;
    return proxy.reply(request, 200, '{"access_token": "new", "refresh_token": "new"}');
  }

  await proxy.during(answer, (address) async {
    final api = Api(address);
    final items = example.failureOf(api.items());
    await asked.future;
    final loggedOut = api.logOut();
    await Future<void>.delayed(Duration.zero);
    answered.complete();
    await Future.wait([items, loggedOut]);
    example.check(!await api.isLoggedIn() && (await api.headers()).isEmpty, 'logged out');
  });
}

/// Keeps tokens as somebody who is logged in does.
Future<void> logIn() async {
  await expire(3);
  await const FlutterSecureStorage().write(key: 'refresh', value: 'kept');
}

/// The refusal with which some work must end.
Future<ApiException> failsWith(String code, Future<Object?> work) async {
  final error = await example.failureOf(work);
  example.check(error is ApiException && error.code == code, error);
  return error as ApiException;
}

Future<void> expire(int time) =>
    const FlutterSecureStorage().write(key: 'access', value: 'expired $time');
