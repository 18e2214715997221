import { PDFDocument } from 'pdf-lib';

/** A4 in points; pages keep their own proportions within its longer edge. */
const LONGEST_PT = 841.89;

/** Pages (JPEG) as one PDF, without the names of programs, people or times in it. */
export async function pdfOf(
  pages: readonly { jpeg: Uint8Array; width: number; height: number }[],
): Promise<Uint8Array<ArrayBuffer>> {
  const pdf = await PDFDocument.create({ updateMetadata: false });
  for (const { jpeg, width, height } of pages) {
    const scale = LONGEST_PT / Math.max(width, height);
    const page = pdf.addPage([width * scale, height * scale]);
    page.drawImage(await pdf.embedJpg(jpeg), { x: 0, y: 0, width: width * scale, height: height * scale });
  }
  return new Uint8Array(await pdf.save());
}
