package openapi

// signing says how a request is signed: docs/format.md section 3, for whoever has only the document. TestContract signs by it.
const signing = "A device signs a request with its Ed25519 key (RFC 8032). The signed bytes are, one after another:\n\n" +
	"1. the 17 ASCII characters `renlin/command/1` and a line feed (0x0a);\n" +
	"2. one byte, 0x01: the suite, Ed25519 with SHA-256;\n" +
	"3. the genesis hash of the community, 32 bytes: the hexadecimal `genesis` of gateway.community; 32 zero bytes for a founding;\n" +
	"4. the operation's name, which is x-signed-as of the route: its length in bytes as two bytes, big-endian, and its ASCII characters;\n" +
	"5. the version of its contract as two bytes, big-endian: the one value of Renlin-Contract, or 1 where a route has no such header;\n" +
	"6. the command's id, 32 bytes: SHA-256 of the ASCII characters `renlin/command-id/1`, a line feed, and then the author's public key " +
	"and the Idempotency-Key, each with its length in bytes as two bytes, big-endian, before it. " +
	"Of a founding: SHA-256 of `renlin/genesis-id/1`, a line feed and the SHA-256 of the body;\n" +
	"7. Renlin-Not-After as a signed 64-bit number, big-endian; 0 for a founding, which has no such header;\n" +
	"8. the SHA-256 of the body, 32 bytes: of the very bytes that are sent.\n\n" +
	"The header holds the public key (32 bytes) and the signature (64 bytes), each in base64url without padding, joined by a dot. " +
	"A cosigner signs the same bytes with another key; the command's id is made of the author's key, who stands first. At most four sign."

const signingChinese = "设备以 Ed25519 私钥签名。被签字节依次为：1. ASCII 文本 `renlin/command/1` 加换行符（0x0a）；2. 一个字节 0x01；" +
	"3. 社区的创世哈希（32 字节，即 gateway.community 返回的十六进制 `genesis`；创建社区时为 32 个零字节）；" +
	"4. 操作名（路由的 x-signed-as）：两字节大端长度加 ASCII 字符；5. 约定版本：两字节大端，取 Renlin-Contract 的唯一值，无该标头时为 1；" +
	"6. 命令编号（32 字节）：对 `renlin/command-id/1` 加换行符、作者公钥和 Idempotency-Key（两者之前各有两字节大端长度）取 SHA-256；" +
	"创建社区时为对 `renlin/genesis-id/1` 加换行符和正文的 SHA-256 取 SHA-256；" +
	"7. Renlin-Not-After：八字节大端有符号整数，创建社区时为 0；8. 正文原始字节的 SHA-256。" +
	"标头为公钥和签名，均为不带填充的 base64url，以点相连。联署者对相同字节签名，作者在前，最多四个签名。"
