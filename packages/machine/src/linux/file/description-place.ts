/** The place of an open file that has no name in the tree, or whose name is not what is meant. */
import type { FileDescription } from './file-description.ts';
import { Place } from './place.ts';

export class DescriptionPlace extends Place {
  readonly description: FileDescription;

  constructor(description: FileDescription, name: string) {
    super(description.inode, null, name);
    this.description = description;
  }

  override get path(): string {
    return this.description.name;
  }
}
