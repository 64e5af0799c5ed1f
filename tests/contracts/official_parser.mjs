// Reads an AsyncAPI document with the official parser: exit 0 if it is valid. See CONTRIBUTING.md.
import { Parser, fromFile } from '@asyncapi/parser';

const { document, diagnostics } = await fromFile(new Parser(), process.argv[2]).parse();
for (const each of diagnostics) console.log(each.severity, each.code, each.path.join('/'), each.message);
process.exit(document ? 0 : 1);
