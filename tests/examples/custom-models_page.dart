import 'api.dart';
import 'custom_models.dart';
import 'example.dart';
import 'page.dart' as page;

Future<void> main() async {
  await enter();
  final client = Api(api), models = CustomModels(client);
  final listed = {for (final model in await models.models()) model['name']: model['path']};
  check(listed['pictures'] == 'classify-image', listed);

  final reviews = await models.classify('reviews', ['a good cat', 'a bad dog']);
  check(reviews.length == 2 && reviews.first['score'] is num, reviews);
  final classified = await page.classifyReview(client, 'a good cat');
  check(classified == '${reviews.first['label']} (${reviews.first['score']})', classified);
  final topics = await models.classify('topics', ['hello'], labels: ['cat', 'dog']);
  check(['cat', 'dog'].contains(topics.single['label']), topics);
  final names = await models.entities('names', ['the cat sat']);
  check(names.single['entities'] is List, names);

  final [first, second, other] = await models.embed('sentences', ['a cat', 'a cat', 'the dog sat']);
  check('$first' == '$second' && '$first' != '$other', other);
  final texts = await models.generate('writer', ['hello'], maxNewTokens: 5);
  check(texts.length == 1, texts);

  await expire(); // and is renewed
  check((await models.classifyImage('pictures', 'photo.jpg')).isNotEmpty, listed);
  check((await models.detectObjects('things', 'photo.jpg')).every((each) => each['box'] != null), listed);
  await models.transcribe('speech', 'recording.wav');

  final wrong = await failureOf(models.classify('pictures', ['hello']));
  check(wrong is ApiException && wrong.errors.single['code'] == 'wrong_task', wrong);
  final image = await failureOf(models.classifyImage('pictures', 'recording.wav'));
  check(image is ApiException && image.errors.single['code'] == 'unusable_input', image);
  client.close();
}
