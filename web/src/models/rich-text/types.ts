/** What a message's Markdown may become: nothing else exists, so nothing else can be drawn. */
export type Inline =
  | { readonly t: 'text'; readonly v: string }
  | { readonly t: 'strong' | 'em' | 'strike'; readonly c: readonly Inline[] }
  | { readonly t: 'code'; readonly v: string }
  | { readonly t: 'break' }
  /** `host` is set when the words don't show where the link leads. */
  | { readonly t: 'link'; readonly href: string; readonly host: string | null; readonly c: readonly Inline[] }
  | { readonly t: 'mention'; readonly user: string; readonly name: string }
  | { readonly t: 'everyone'; readonly name: string };

export type Block =
  | { readonly t: 'p'; readonly c: readonly Inline[] }
  | { readonly t: 'quote'; readonly c: readonly Block[] }
  | {
      readonly t: 'list';
      readonly start: number | null;
      readonly items: readonly (readonly Block[])[];
    }
  | { readonly t: 'pre'; readonly v: string };
