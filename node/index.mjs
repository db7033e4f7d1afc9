import otpkeep from './index.js'

export const { Keep, OtpkeepError, restore, restoreSync } = otpkeep
export default otpkeep
