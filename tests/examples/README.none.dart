import 'example.dart' as example;
import 'page.dart';

Future<void> main() async {
  final answer = await createItem('Tea');
  example.check(answer.statusCode == 201, answer.body);
  final listed = await items();
  example.check(listed.single['title'] == 'Tea', listed);
}
