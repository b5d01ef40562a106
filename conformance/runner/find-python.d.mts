export declare const PYTHON_PACKAGE: string;
export declare const PYTHON_MISSING: string;
export declare function findPython(): string | undefined;
