//! Names, derives and attributes that go along, also from behind a condition; the others stay where they are.

#[actor]
#[cfg(unix)]
impl Bell {
    #[handler(message = Ring, derive(Clone, Debug))]
    #[deprecated = "use `chime`"]
    #[cfg_attr(windows, cfg(loud), doc = "Loud.", inline)]
    #[inline]
    pub fn ring(&mut self, times: u32) {}
}
