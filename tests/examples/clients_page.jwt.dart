import 'dart:async';
import 'dart:io';

import 'package:flutter_secure_storage/flutter_secure_storage.dart';
import 'package:http/http.dart' as http;

import 'api.dart';
import 'api_checks.dart';
import 'example.dart' as example;
import 'page.dart' as page;
import 'proxy.dart' as proxy;

const newPair = '{"access_token": "new", "refresh_token": "new"}';

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
  await example.expire();
  final lists = await Future.wait([api.items(), api.items(), api.items()]);
  example.check(lists.every((list) => list.length == 1), lists);

  final error = await failsWith('validation_error', api.createItem(''));
  example.check(error.status == 422 && error.errors.single['field'] == 'title', error);
  example.check('$error'.contains('title') && error.retryAfter == null, error);

  await api.deleteItem(id);
  example.check((await api.items()).isEmpty, id);
  await usesThePage();

  // What is kept after the session was ended elsewhere is worth nothing, and forgotten.
  await api.send('POST', 'auth/logout-all');
  await example.expire();
  await failsWith('invalid_token', api.items());
  example.check(!await api.isLoggedIn() && await example.kept() == null, 'the session is over');

  await api.logIn('ada@example.com', 'correct horse');
  await api.logOut();
  example.check(!await api.isLoggedIn(), 'logged out');
  await api.logOut(); // once more does no harm

  await changesPasswordAndDeletes(api);
  await readsNothingFromDamagedStorage(api);
  api.close();
  await checkApi();
  await keepsTheSessionWhenARenewalFails();
  await renewsOnce();
  await logOutWithoutServer();
  await logOutDuringRenewal();
  await logInDuringRenewal();

  var refused = error;
  final guesser = Api(example.api);
  for (var tries = 0; refused.code != 'rate_limited' && tries < 1000; tries++) {
    refused = await example.failureOf(guesser.logIn('ada@example.com', 'another horse')) as ApiException;
  }
  guesser.close();
  example.check(refused.status == 429 && refused.retryAfter! > 0, refused);
}

/// The example logs in and makes an item.
Future<void> usesThePage() async {
  final kept = await example.kept();
  final items = await page.addTea();
  example.check(items.single['title'] == 'Tea', items);
  page.api.close();
  await example.keep(kept);
}

/// A new password keeps this device logged in; the account goes with the right password only.
Future<void> changesPasswordAndDeletes(Api api) async {
  await api.logIn('ada@example.com', 'correct horse');
  final before = await example.kept();
  await api.changePassword('correct horse', 'better horse');
  example.check(await example.kept() != before, 'a new pair');
  await api.items();
  await example.expire();
  await api.items(); // renewed by the new pair

  final wrong = await failsWith('validation_error', api.deleteAccount('correct horse'));
  example.check(wrong.errors.single['code'] == 'wrong_password' && await api.isLoggedIn(), wrong);
  await api.deleteAccount('better horse');
  example.check(await example.kept() == null, 'no tokens of nobody');
  await failsWith('invalid_credentials', api.logIn('ada@example.com', 'better horse'));
}

/// Whatever lies there that is no pair of tokens, nobody is logged in.
Future<void> readsNothingFromDamagedStorage(Api api) async {
  const halves = ['{"access_token": "a"}', '{"refresh_token": "b"}', '{"access_token": 1, "refresh_token": 2}'];
  for (final value in ['', 'no json', '[]', 'null', '"text"', ...halves]) {
    await example.keep(value);
    example.check(!await api.isLoggedIn(), value);
    await failsWith('unauthorized', api.items());
  }
  await example.keep(newPair);
  FlutterSecureStorage.damage = Exception('BadPaddingException');
  example.check(!await api.isLoggedIn(), 'unreadable');
  await failsWith('unauthorized', api.items());
  FlutterSecureStorage.damage = null;
  await example.keep(null);
}

/// Only the server's word about the token ends a session.
Future<void> keepsTheSessionWhenARenewalFails() async {
  const busy = '{"code": "password_queue_full", "detail": "Try again.", "errors": []}';
  Future<void> Function(HttpRequest) reply(int status, String body) =>
      (request) => proxy.reply(request..response.headers.set('Retry-After', '7'), status, body);
  for (final status in [401, 403, 404, 429, 500, 502, 503, 504]) {
    final error = await renewalFailure(reply(status, '<html></html>'));
    example.check(error is ApiException && error.status == status && error.retryAfter == 7, error);
  }
  final error = await renewalFailure(reply(503, busy));
  example.check(error is ApiException && error.code == 'password_queue_full', error);

  const noTokens = ['<html>Log in</html>', '{"access_token": "half"}'];
  for (final answer in [proxy.cutOff, for (final body in noTokens) reply(200, body)]) {
    final error = await renewalFailure(answer);
    example.check(error is http.ClientException, error);
  }
  for (final answer in [proxy.fallSilent, (HttpRequest _) {}]) {
    final error = await renewalFailure(answer, timeout: brief);
    example.check(error is http.ClientException, error);
  }
}

/// How a request ends whose renewal is answered in this way; the tokens must still be there.
Future<Object> renewalFailure(
  FutureOr<void> Function(HttpRequest) answer, {
  Duration timeout = const Duration(minutes: 1),
}) async {
  late Object error;
  await logIn();
  final before = await example.kept();
  await proxy.during(
    (request) => request.uri.path == '/auth/refresh' ? answer(request) : proxy.reply(request, 401, ''),
    (address) async {
      final api = Api(address, timeout: timeout);
      for (var tries = 0; tries < 2; tries++) {
        error = await example.failureOf(api.items());
        example.check(await example.kept() == before && await api.isLoggedIn(), error);
      }
    },
  );
  return error;
}

/// Requests of all kinds wait for one renewal, and are then sent again.
Future<void> renewsOnce() async {
  await logIn();
  var refused = 0, renewals = 0, made = 0;
  final allRefused = Completer<void>();
  Future<void> answer(HttpRequest request) async {
    if (request.uri.path == '/auth/refresh') {
      renewals++;
      await allRefused.future;
      await Future<void>.delayed(const Duration(seconds: 1)); // until the app knows, too
      return proxy.reply(request, 200, newPair);
    }
    final isNew = request.headers.value('Authorization') == 'Bearer new';
    await proxy.reply(request, isNew ? 200 : 401, '{"items": []}');
    if (!isNew && ++refused == 3) allRefused.complete();
  }

  await proxy.during(answer, (address) async {
    final api = Api(address);
    Future<http.BaseRequest> form() async {
      made++;
      return http.MultipartRequest('POST', address.resolve('files'))..fields['name'] = 'Tea';
    }

    final sent = api.open(form).then(api.read); // what nobody reads keeps its connection open
    await Future.wait<Object>([api.items(), sent, api.createItem('Tea')]);
    example.check(renewals == 1 && made == 2, [renewals, made]);
  });
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
  await duringRenewal((api) => api.logOut(), newPair);
  example.check(await example.kept() == null, 'logged out');
}

/// Nor while somebody else logs in, who stays so also when the renewal is refused.
Future<void> logInDuringRenewal() async {
  const ended = '{"code": "invalid_token", "detail": "It is over.", "errors": []}';
  for (final renewal in [newPair, ended]) {
    await duringRenewal((api) => api.logIn('eve@example.com', 'correct horse'), renewal);
    example.check((await example.kept())!.contains('of Eve'), renewal);
  }
  await example.keep(null);
}

/// Does some work while a renewal is under way, which is answered with this text at last.
Future<void> duringRenewal(Future<void> Function(Api) work, String renewal) async {
  await logIn();
  final asked = Completer<void>(), answered = Completer<void>();
  Future<void> answer(HttpRequest request) async {
    switch (request.uri.path) {
      case '/auth/logout':
        return proxy.reply(request, 204, '');
      case '/auth/token':
        return proxy.reply(request, 200, '{"access_token": "of Eve", "refresh_token": "of Eve"}');
      case '/auth/refresh':
        asked.complete();
        await answered.future;
        return proxy.reply(request, renewal == newPair ? 200 : 401, renewal);
    }
    return proxy.reply(request, 401, '');
  }

  await proxy.during(answer, (address) async {
    final api = Api(address);
    final items = example.failureOf(api.items());
    await asked.future;
    await work(api);
    answered.complete();
    example.check((await items as ApiException).status == 401, items);
  });
}

/// Keeps tokens as somebody who is logged in does.
Future<void> logIn() => example.keepTokens('expired', 'kept');
