import { PasswordAdmission } from './password-admission.js';

describe('the door to the hashing queue', () => {
  it('lets in as many as there is room for, and another when one leaves', () => {
    const admission = new PasswordAdmission({ capacity: 3 });
    const leave = [admission.enter(), admission.enter(), admission.enter()];
    expect(admission.isFull).toBe(true);
    expect(admission.enter()).toBeUndefined();
    leave[1]?.();
    expect(admission.isFull).toBe(false);
    expect(admission.enter()).toBeDefined();
    expect(admission.enter()).toBeUndefined();
  });

  it('counts one that leaves twice once', () => {
    const admission = new PasswordAdmission({ capacity: 2 });
    const leave = admission.enter();
    admission.enter();
    leave?.();
    leave?.();
    expect(admission.enter()).toBeDefined();
    expect(admission.enter()).toBeUndefined();
  });
});
