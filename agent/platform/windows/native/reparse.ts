/** A junction as bytes: the reparse data buffer of a mount point ([MS-FSCC] §2.1.2.5). */

const mountPointTag = 0xa0000003;
const headerBytes = 8;
const fixedBytes = 8;

/**
 * @param target absolute, with a drive letter, such as `C:\ProgramData\Vouchsafe`
 * @returns what FSCTL_SET_REPARSE_POINT takes
 */
export function mountPointBuffer(target: string): Buffer {
  // The substitute name is what the system follows, the print name what it shows; each ends in NUL.
  const substitute = Buffer.from(`\\??\\${target}`, "utf16le");
  const print = Buffer.from(target, "utf16le");
  const dataLength = fixedBytes + substitute.length + 2 + print.length + 2;
  const buffer = Buffer.alloc(headerBytes + dataLength);
  buffer.writeUInt32LE(mountPointTag, 0);
  buffer.writeUInt16LE(dataLength, 4);
  buffer.writeUInt16LE(0, 8);
  buffer.writeUInt16LE(substitute.length, 10);
  buffer.writeUInt16LE(substitute.length + 2, 12);
  buffer.writeUInt16LE(print.length, 14);
  substitute.copy(buffer, 16);
  print.copy(buffer, 16 + substitute.length + 2);
  return buffer;
}
