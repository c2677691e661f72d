/** Something that a runtime needs is not here, so it was not tried. */
export class MissingError extends Error {}
