// unsafe in a comment and in a "unsafe string" is no breach
pub fn read(pointer: *const u8) -> u8 {
    let _ = "unsafe";
    unsafe { *pointer }
}
