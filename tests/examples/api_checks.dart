/// What holds for the class `Api` of a README with accounts and without.
library;

import 'dart:async';
import 'dart:io';

import 'http.dart' as http;

import 'api.dart';
import 'example.dart' as example;
import 'proxy.dart' as proxy;

const brief = Duration(milliseconds: 200);

/// The refusal with which some work must end.
Future<ApiException> failsWith(String code, Future<Object?> work) async {
  final error = await example.failureOf(work);
  example.check(error is ApiException && error.code == code, error);
  return error as ApiException;
}

/// Some work must end with an error of the network.
Future<void> failsByNetwork(Future<Object?> work) async {
  final error = await example.failureOf(work);
  example.check(error is http.ClientException, error);
}

Future<void> checkApi() async {
  await tellsWhatProxiesAnswer();
  await keepsOneConnection();
  await waitsForALimitedTime();
  await closesLateConnections();
  await sendsRequestsOfAllKinds();
}

Future<void> tellsWhatProxiesAnswer() async {
  for (final body in proxy.bodies) {
    await proxy.during((request) => proxy.reply(request, 502, body), (address) async {
      final error = await failsWith('unknown', Api(address).items());
      example.check(error.status == 502 && error.errors.isEmpty && '$error'.contains('502'), error);
    });
  }
  await proxy.during((request) => proxy.reply(request, 302, ''), (address) async {
    await failsWith('unknown', Api(address).createItem('Tea'));
  });
  await proxy.during((request) => proxy.reply(request, 200, '<html>Log in</html>'), (address) async {
    await failsByNetwork(Api(address).items());
  });
  await proxy.during(proxy.cutOff, (address) => failsByNetwork(Api(address).items()));
}

Future<void> keepsOneConnection() async {
  final ports = <int>{};
  Future<void> answer(HttpRequest request) {
    ports.add(request.connectionInfo!.remotePort);
    return request.uri.path == '/refused' ? proxy.reply(request, 404, '') : proxy.reply(request, 200, '{"items": []}');
  }

  await proxy.during(answer, (address) async {
    final api = Api(address);
    for (var n = 0; n < 5; n++) {
      await api.items();
      await failsWith('unknown', api.send('GET', 'refused'));
    }
    example.check(ports.length == 1, ports);
    api.close();
    await failsByNetwork(api.items());
  });
}

/// Whether the server says nothing at all, or nothing more.
Future<void> waitsForALimitedTime() async {
  for (final answer in [(HttpRequest _) {}, proxy.fallSilent]) {
    await proxy.during(answer, (address) async {
      final api = Api(address, timeout: brief);
      await failsByNetwork(api.items());
      await failsByNetwork(Api(address).send('GET', 'items', null, brief));
      await failsByNetwork(api.open(() => api.request('GET', 'items')).then((found) => found.stream.toBytes()));
    });
  }
}

/// A response that comes too late is read by nobody, so its connection is closed.
Future<void> closesLateConnections() async {
  final isLate = Completer<void>(), closed = Completer<void>();
  Future<void> answer(HttpRequest request) async {
    final socket = await request.response.detachSocket(writeHeaders: false);
    await isLate.future;
    socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{');
    await socket.drain<void>();
    closed.complete();
    await socket.close();
  }

  await proxy.during(answer, (address) async {
    await failsByNetwork(Api(address, timeout: brief).items());
    isLate.complete();
    await closed.future.timeout(const Duration(minutes: 1));
  });
}

Future<void> sendsRequestsOfAllKinds() async {
  String? got;
  Future<void> answer(HttpRequest request) async {
    got = String.fromCharCodes(await request.expand((bytes) => bytes).toList());
    request.response.write('text');
    await request.response.close();
  }

  await proxy.during(answer, (address) async {
    final api = Api(address);
    final form = http.MultipartRequest('POST', address.resolve('files'))..fields['name'] = 'Tea';
    final response = await api.open(() => form);
    example.check(await response.stream.bytesToString() == 'text' && got!.contains('Tea'), got);
  });
}
