/** A form as it was sent: `application/x-www-form-urlencoded`, in UTF-8. */
export class FormText {
  private readonly parameters: URLSearchParams;

  constructor(text: string) {
    this.parameters = new URLSearchParams(text);
  }

  /** Every value of this name, in order: who wants one must see that there are two. */
  all(name: string): readonly string[] {
    return this.parameters.getAll(name);
  }
}
