// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Sig} from "./Signed.sol";

/// @notice An operator's word that an account has earned `cumulative` wei of PRIV in all; signed (EIP-712).
struct Voucher {
    address operator;
    address account;
    uint256 cumulative;
}

/// @title IRewards
/// @notice Pays what node operators owe their users. Each operator funds a balance of its own and can spend no other.
/// Amounts are cumulative per (operator, account): what is paid is the difference to what was paid before, so a
/// repeated call pays nothing and a lost answer cannot lead to paying twice.
interface IRewards {
    /// @notice An operator's balance grew.
    event Funded(address indexed operator, address indexed funder, uint256 amount);
    /// @notice An account was paid `amount`, which makes `cumulative` in all.
    event Paid(address indexed operator, address indexed account, uint256 amount, uint256 cumulative);
    /// @notice The operator can take out up to `amount` from `readyAt` on.
    event WithdrawalAnnounced(address indexed operator, uint256 amount, uint64 readyAt);
    /// @notice The operator took out `amount`.
    event FundsWithdrawn(address indexed operator, uint256 amount);

    /// @notice Nobody could spend it.
    error ZeroOperator();
    /// @notice Nothing to move.
    error ZeroAmount();
    /// @notice The token would be nowhere.
    error ZeroToken();
    /// @notice One amount per account is needed.
    error LengthMismatch(uint256 accounts, uint256 amounts);
    /// @notice The operator's balance is too small.
    error InsufficientFunds(address operator, uint256 balance, uint256 needed);
    /// @notice The voucher is not signed by its operator.
    error BadVoucherSignature();
    /// @notice Announce first.
    error NothingAnnounced(address operator);
    /// @notice The notice ends at `readyAt`.
    error TooEarly(uint256 readyAt);

    /// @notice Adds to an operator's balance from the caller's allowance.
    function fund(address operator, uint256 amount) external;

    /// @notice Pays each account up to its cumulative amount from the caller's balance. Amounts that were paid already
    /// pay nothing. Reverts as a whole when the balance is too small.
    function payoutMany(address[] calldata accounts, uint256[] calldata cumulative) external;

    /// @notice Pays a voucher from its operator's balance to its account. An old voucher pays nothing.
    function redeem(Voucher calldata voucher, Sig calldata sig) external;

    /// @notice Starts the notice after which the caller may take out `amount`. Replaces the notice before; 0 cancels it.
    function announceWithdrawal(uint256 amount) external;

    /// @notice Takes out what was announced, or what is left of it.
    function withdrawFunds() external;

    /// @notice What the operator has paid the account in all.
    function paid(address operator, address account) external view returns (uint256);

    /// @notice What the operator can still pay.
    function balanceOf(address operator) external view returns (uint256);

    /// @notice The operator's announced withdrawal; readyAt 0 when there is none.
    function withdrawals(address operator) external view returns (uint192 amount, uint64 readyAt);
}
